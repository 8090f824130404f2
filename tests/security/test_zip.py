"""Zip files that come from elsewhere: hostile members are refused before anything is written."""

import io
import stat
import zipfile

import pytest

from simcore.errors import ProvenanceError, StoreError
from simcore.provenance.archive import is_archive, unpacked
from simcore.store.members import refuse_hostile
from simcore.store.reader import read_attrs

NAMES = ["../evil", "/etc/evil", "a/../../evil", "..", ".", "a//b", "./a", "a\\..\\..\\evil", "C:/evil", "C:evil", "a\nb", "a\x1b[2Jb",
         "a\u202eb", "a\u200bb", "a\u2028b", "-rf", "a/-rf", "a ", "a.", "a|b", "a*b", 'a"b', "x" * 5000]


def archive_with(path, *members):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive.json", "{}")
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_member_that_leads_elsewhere_is_refused(tmp_path, name):
    (tmp_path / "in").mkdir()
    path = archive_with(tmp_path / "in" / "a.zip", (name, "x"))
    assert is_archive(path)
    with pytest.raises(StoreError, match="is refused"), unpacked(path):
        pass
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "a.zip"]


@pytest.mark.parametrize("name", NAMES)
def test_a_run_store_with_such_a_member_is_refused_too(tmp_path, name):
    with pytest.raises(StoreError, match="is refused"):
        read_attrs(archive_with(tmp_path / "a.zarr.zip", (name, "x")))


def test_a_name_with_a_null_byte_is_refused(tmp_path):
    content = archive_with(tmp_path / "a.zip", ("good_evil", "x")).read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace(b"good_evil", b"good\0evil"))
    with pytest.raises(StoreError), unpacked(tmp_path / "a.zip"):
        pass


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files_are_refused(tmp_path, kind):
    link = zipfile.ZipInfo("results")
    link.create_system, link.external_attr = 3, (kind | 0o777) << 16
    path = archive_with(tmp_path / "a.zip", (link, "/etc"))
    with pytest.raises(StoreError, match="link or a special file"), unpacked(path):
        pass


@pytest.mark.parametrize("names", [("a", "a"), ("a", "A"), ("é", "e\u0301"), ("a", "a/b"), ("straße", "STRASSE")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_stand_for_one_another_are_refused(tmp_path, names):
    with pytest.raises(StoreError, match="is refused"), unpacked(archive_with(tmp_path / "a.zip", *((n, "x") for n in names))):
        pass


def test_a_bomb_is_refused_without_unpacking(tmp_path):
    """300 MB of zeros in 300 kB."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("archive.json", "{}")
        with archive.open("bomb", "w") as member:
            for _ in range(300):
                member.write(bytes(1 << 20))
    with pytest.raises(StoreError, match="would unpack to"), unpacked(tmp_path / "a.zip"):
        pass


def test_names_that_our_archives_have_are_allowed():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("results/trajectory.zarr/traces/exc.2/v/c/0/0/0", "code/.gitignore", "results/trajectory.zarr/zarr.json",
                     "code/simcore/__init__.py", "results/trajectory.zarr/cell.tau_m/c/0", "parameters/größe.yaml", "code/"):
            archive.writestr(name, b"")
        refuse_hostile(archive.filelist, "here")


def test_a_file_that_is_not_in_the_manifest_or_not_as_packed_is_told(tmp_path):
    import hashlib

    def manifest(text):
        return "manifest-sha256.txt", text

    digests = {name: hashlib.sha256(content).hexdigest() for name, content in (("archive.json", b"{}"), ("a", b"x"))}
    lines = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    with unpacked(archive_with(tmp_path / "good.zip", ("a", "x"), manifest(lines))) as folder:
        assert (folder / "a").read_text() == "x"
    for members, said in (((("a", "y"), manifest(lines)), "a is not what was packed"), ((manifest(lines),), "a is missing"),
                          ((("a", "x"), ("b", "x"), manifest(lines)), "b is not in the manifest"), ((("a", "x"),), "cannot be read")):
        with pytest.raises(StoreError, match=said), unpacked(archive_with(tmp_path / "bad.zip", *members)):
            pass


@pytest.mark.parametrize("sha", ["--upload-pack=touch pwned", "HEAD", "main", "-h", "a" * 39, "a" * 40 + "\n", "$(touch pwned)"])
def test_a_recorded_commit_is_never_an_option_of_git(tmp_path, sha, monkeypatch):
    import subprocess

    from simcore.provenance.git import worktree

    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    with pytest.raises(ProvenanceError, match="is no commit"), worktree(tmp_path, sha):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {".git"}


def test_a_recorded_diff_cannot_write_outside_of_the_worktree(tmp_path):
    import subprocess

    from simcore.provenance.git import worktree

    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "a").write_text("x\n")
    git = ["git", "-C", tmp_path / "repo", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "a"], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], check=True)
    sha = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    for name in ("../../evil", str(tmp_path / "evil"), ".git/hooks/post-checkout"):
        diff = f"diff --git a/{name} b/{name}\nnew file mode 100755\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+evil\n"
        with pytest.raises(ProvenanceError, match="does not apply"), worktree(tmp_path / "repo", sha, diff):
            pass
    assert not list(tmp_path.rglob("evil")) and not list(tmp_path.rglob("post-checkout"))
    listed = subprocess.run([*git, "worktree", "list"], check=True, capture_output=True, text=True).stdout
    assert len(listed.splitlines()) == 1
