"""What a student's class does when it is built and run: its layers, what is registered, what is wrong, the mends."""
