"""What the queries tell: signals, hot-spots and their replay, and the ground truth to judge them by."""
