"""The life of a code: sign-up, application, issue, delivery, activation, shipping, recall; each step on record."""
