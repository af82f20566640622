"""Rules about the source of pages and API: what a client sends chooses no row, no column and no address by itself."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_rules import TREES, allowed, calls

EDGE = {path: tree for path, tree in TREES.items() if path.startswith(("crowd/web/", "crowd/api/"))}
SENT = re.compile(r"\.(GET|POST|META|COOKIES|headers|query_params|data|body)\b|get_full_path|build_absolute_uri")

# whose rows they are, said by a keyword of the query
SCOPED = {"project", "user", "webhook", "task", "standing", "assignment", "release", "version", "held_by", "owner"}
# queries that begin without: by whom they are scoped instead
UNSCOPED = {
    "crowd/api/authentication.py": "the token that was presented",
    "crowd/api/conflicts.py": "the row that was made just before",
    "crowd/api/idempotency.py": "the key that was found among its user's, or is written",
    "crowd/api/models.py": "project, where the rows are asked for one",
    "crowd/api/projects.py": "the project that its owner named",
    "crowd/api/tasks.py": "tasks that the caller oversees, and their answers",
    "crowd/web/desk.py": "project, where the rows are asked for one",
    "crowd/web/gold.py": "project, where the rows are asked for one",
    "crowd/web/guideline_publish.py": "the rows of the impact, which are of the project",
    "crowd/web/pilot_charts.py": "the rows of the pilot's figures",
    "crowd/web/story.py": "project, where the rows are asked for one",
    "crowd/web/webhooks.py": "project, where the rows are asked for one",
}
# `filter(**…)`, `order_by(*…)` or `order_by(name)`: the names are the file's own
NAMED_HERE = {
    "crowd/queries/integrity/base.py",
    "crowd/queries/browse.py",
    "crowd/queries/browse_walk.py",
    "crowd/queries/conflicts.py",
    "crowd/queries/gold.py",
    "crowd/queries/operating.py",
    "crowd/queries/qualification.py",
}
# attributes set by a name: those that a form or a serializer let through, or that stand in the file
SET_HERE = {
    "crowd/api/base.py",
    "crowd/api/gold.py",
    "crowd/workflow/projects/members.py",
    "crowd/workflow/projects/__init__.py",
    "crowd/workflow/gold/__init__.py",
    "crowd/workflow/gold/scoring.py",
    "crowd/workflow/conflicts/__init__.py",
}


def parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def queries(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Where a query begins at a table, and what it is narrowed by where it stands."""
    above = parents(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr == "objects" and ast.unparse(node.value)[0].isupper()):
            continue
        words: set[str] = set()
        place: ast.AST = node
        while isinstance(above.get(place), ast.Attribute | ast.Call):
            place = above[place]
            if isinstance(place, ast.Call):
                words |= {part for word in place.keywords for part in (word.arg or "").split("__")}
        yield node.lineno, words


def leads_elsewhere(node: ast.expr, assigned: dict[str, list[ast.expr]]) -> bool:
    """Whether an address could be of another site: it begins with what is neither ours nor made by `reverse`."""
    if isinstance(node, ast.JoinedStr):
        first = node.values[0]
        return leads_elsewhere(first.value if isinstance(first, ast.FormattedValue) else first, assigned)
    if isinstance(node, ast.BinOp):
        return leads_elsewhere(node.left, assigned)
    if isinstance(node, ast.IfExp):
        return any(leads_elsewhere(one, assigned) for one in (node.body, node.orelse))
    if isinstance(node, ast.Constant):
        return str(node.value).startswith(("//", "http"))
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) != "reverse"
    if isinstance(node, ast.Name) and node.id in assigned:
        return any(leads_elsewhere(one, assigned) for one in assigned[node.id])
    return True


def redirects(tree: ast.AST) -> Iterator[tuple[int, bool]]:
    """Where somebody is sent on, and whether that could be to another site."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        for name, call in calls(function):
            if name.rpartition(".")[2] in {"redirect", "HttpResponseRedirect", "HttpResponseClientRedirect"}:
                yield call.lineno, leads_elsewhere(call.args[0], assigned)


def unlisted(found: set[str], known: set[str]) -> tuple[set[str], set[str]]:
    """What is there and not listed, and what is listed and not there any more."""
    return found - known, known - found


def test_every_query_of_a_page_or_a_call_says_whose_rows_it_means() -> None:
    found = {path for path, tree in EDGE.items() for _, words in queries(tree) if not words & SCOPED}
    assert unlisted(found, set(UNSCOPED)) == (set(), set())


def test_nobody_is_sent_to_an_address_that_a_request_named() -> None:
    assert [(path, line) for path, tree in EDGE.items() for line, elsewhere in redirects(tree) if elsewhere] == []


def named_by_others(call: ast.Call) -> bool:
    """Whether columns of a query are not written where it stands."""
    by_name = any(isinstance(one, ast.Name | ast.Starred | ast.Subscript) for one in call.args)
    verb = ast.unparse(call.func).rpartition(".")[2]
    return any(word.arg is None for word in call.keywords) or (verb == "order_by" and by_name)


def test_no_query_is_narrowed_or_ordered_by_names_that_a_request_gave() -> None:
    found = set()
    for path, tree in TREES.items():
        if path.startswith(("crowd/web/", "crowd/api/", "crowd/queries/")):
            for name, call in calls(tree):
                if name.rpartition(".")[2] in {"filter", "exclude", "order_by", "values", "values_list", "only"}:
                    assert not any(SENT.search(ast.unparse(one)) for one in call.args), (path, call.lineno)
                    found |= {path} if named_by_others(call) else set()
    assert unlisted(found, NAMED_HERE) == (set(), set())


def test_no_attribute_is_set_by_a_name_that_a_request_gave() -> None:
    found = {
        path
        for path, tree in TREES.items()
        if path.startswith(("crowd/web/", "crowd/api/", "crowd/workflow/"))
        for name, call in calls(tree)
        if name == "setattr" and not isinstance(call.args[1], ast.Constant)
    }
    assert unlisted(found, SET_HERE) == (set(), set())


def test_every_form_and_serializer_names_its_fields() -> None:
    wrong = [
        (path, node.lineno)
        for path, tree in EDGE.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == "Meta"
        for one in node.body
        if isinstance(one, ast.Assign)
        and (ast.unparse(one.targets[0]) == "exclude" or ast.unparse(one.value).strip("'") == "__all__")
    ]
    assert wrong == []


def test_certificates_are_looked_at_everywhere() -> None:
    wrong = re.compile(r"CERT_NONE|check_hostname\s*=\s*False|verify\s*=\s*False|allow_pickle\s*=\s*True")
    assert [path for path, tree in TREES.items() if wrong.search(ast.unparse(tree))] == []


@pytest.mark.parametrize(
    ("source", "elsewhere"),
    [
        ("redirect('project', slug)", False),
        ("redirect(f\"{reverse('images')}?{request.GET}\")", False),
        ("redirect(request.GET['next'])", True),
        ("to = request.POST.get('next', '/')\n    redirect(to)", True),
        ("redirect(f\"{request.GET['next']}\")", True),
        ("redirect('//evil.example')", True),
        ("HttpResponseRedirect(request.META['HTTP_REFERER'])", True),
    ],
)
def test_the_rules_see_an_open_redirect(source: str, elsewhere: bool) -> None:
    assert [found for _, found in redirects(ast.parse(f"def view(request):\n    {source}"))] == [elsewhere]


def test_the_rules_see_a_query_that_says_nothing_of_whose_rows_it_means() -> None:
    source = (
        "Task.objects.all()\nTask.objects.get(pk=1)\nget_object_or_404(Task.objects.select_related('a'), project=p)"
    )
    assert [bool(words & SCOPED) for _, words in queries(ast.parse(source))] == [False, False, True]
    assert allowed("crowd/web/desk.py", list(UNSCOPED))
