"""Practice telephones: a line of two telephones that stand on a page in the browser.

With them a site can be tried without a trunk. `telephone.practice.line` is what others use.
"""
