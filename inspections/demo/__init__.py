"""The demo: a department of Đồng Tháp with a year of invented exports, driven through the real services.

Units have their real names, everything else is made up by a seeded generator and says so wherever it is shown.
"""
