"""What people put right: one file beside the transcript, laid over it, and rows to train from.

The transcript that was heard is never changed. `corrections.json` only grows, and everything that people see
is computed from the two: what is taken back leaves the machine's value exactly as it was.
"""
