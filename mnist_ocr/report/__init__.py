"""What people look at: answers, terminal drawings."""
