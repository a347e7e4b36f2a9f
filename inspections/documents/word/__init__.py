"""A narrative draft as .docx, and the way back: written from a paper's content, edited in Word, read, compared.

Word is where clerks work. What comes back is never taken over by itself: `differences` says what was changed, and a
person accepts each change or leaves it.
"""
