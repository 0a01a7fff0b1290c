"""ministack, with corrections for ses-warden.

ministack is used as published. Where it differs from AWS in something that matters to the
functions, these modules replace its code in process, before it starts to serve; each module says
what and why. The corrections need one exact version of ministack, so any other is refused.
"""
