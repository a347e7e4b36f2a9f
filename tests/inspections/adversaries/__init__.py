"""Cheats, each coded as strongly as the powers of its role allow, and what becomes of it.

Every bot acts through the services (or the API) as a real person with a role could. What is asserted is that it is
refused with a stable code, or counted and shown to the second person, and that a friend's unit is drawn as
often as its inclusion probability says. Volume comes from the planner: the services freeze one real plan,
and thousands of months are drawn from its frame with secrets of their own.
"""
