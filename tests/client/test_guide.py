"""The guide says what is so: its blocks are run, in order, against a real site."""

import re
from pathlib import Path

import crowd.client
from tests.factories import make

GUIDE = Path(crowd.client.__file__).with_name("guide.md")


def test_every_block_of_the_guide_runs(site, owner, tmp_path, monkeypatch, capsys):
    (tmp_path / "photos").mkdir()
    for number in range(3):
        (tmp_path / "photos" / f"{number}.png").write_bytes(make.picture())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROWD_URL", site)
    monkeypatch.setenv("CROWD_TOKEN", make.token(owner))
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)
    told = capsys.readouterr().out
    assert len(blocks) == 10
    assert "data/pets-1 3" in told
    assert told.splitlines()[-1].startswith("not_found ")
