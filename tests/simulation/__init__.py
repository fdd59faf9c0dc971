"""The whole daemon in virtual time: everything outside it is made of memory, and fails as a seed says."""
