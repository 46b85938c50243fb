"""What a site loads for its first pages: forks of a process that has it need not load it."""

from cli.serve import collect_rarely
from foundation import language
from web.http.render import LOCALES, make_environment

language.load(LOCALES)
_pages = make_environment()
for _name in _pages.list_templates():
    _pages.get_template(_name)

# A fork that looks for garbage would copy all of this.
collect_rarely()
