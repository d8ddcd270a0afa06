"""One file per thing that a user can ask; each verb returns a frozen result and prints nothing."""
