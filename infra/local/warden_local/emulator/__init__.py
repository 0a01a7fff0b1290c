"""ministack, started with what it lacks for ses-warden put in.

ministack is used as published. What it does otherwise than AWS, and what the
functions would notice, is replaced in process before it serves; each module here
says what and why. All of it rests on one exact version, so another one is refused.
"""
