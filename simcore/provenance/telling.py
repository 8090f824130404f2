"""Where a number comes from, as a person reads it: what it is, and run, point, code, environment, command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from functools import reduce
from typing import Any

from simcore.provenance.agreement import agreed
from simcore.provenance.subjects import Subject

_SHOWN = 12                             # runs listed


def account(subject: Subject) -> dict[str, Any]:
    """{heading: text or lines} of where the subject comes from; what `show` prints."""
    records = [run.get("provenance", {}) for run in subject.runs.values()]
    found: dict[str, Any] = {"what": _what(subject), **_origin(subject)}
    if not records:
        return {**found, "runs": "not known: the trajectory it was made of does not lie beside it"}
    common = reduce(agreed, records)
    found["runs" if len(records) > 1 else "run"] = _runs(subject)
    found["point"] = _point(reduce(agreed, [run.get("point", {}) for run in subject.runs.values()]))
    found["code"] = list(_code(records))
    found["environment"] = list(_environment(records, common))
    found["command"] = _several(" ".join(record["process"]["command"]) for record in records if "process" in record)
    found["when"] = _when(records)
    found["inputs"] = [f"{path}  {digest[:12]}" for path, digest in common.get("inputs", {}).items()]
    which = f":{next(iter(subject.runs))}" if len(records) == 1 and subject.kind != "run" else ""
    if subject.kind != "exploration":   # a Python function made it: only its program can make it again
        found["again"] = f"python -m simcore rerun {subject.source}{which}"
    return {name: text for name, text in found.items() if text}


def lines(found: Mapping[str, Any]) -> Iterable[str]:
    """An account as lines: headings to the left."""
    for name, text in found.items():
        first, *more = [text] if isinstance(text, str) else text
        yield f"{name:<12} {first}"
        yield from (f"{'':<12} {line}" for line in more)


def _what(subject: Subject) -> list[str]:
    kind = {"run": "run store", "trajectory": "trajectory: all runs of a study", "quantities": "quantities derived from runs",
            "scores": "scores of tests", "exploration": "trajectory that was explored in Python"}[subject.kind]
    if not subject.variable:
        names = ", ".join(subject.arrays)
        return [f"{subject.path}: {kind}", f"with {names}" if names else "without arrays"]
    array = subject.arrays[subject.variable]
    if subject.kind == "scores":
        return _what_score(subject, array["attrs"])
    units, about = array["attrs"].get("units", ""), array["attrs"].get("long_name", "")
    sizes = ", ".join(f"{dim} {n}" for dim, n in zip(array["dims"], array["shape"], strict=False))
    return [f"{subject.variable} of {subject.path} ({kind})",
            f"{about}{f' [{units}]' if units else ''}; ({sizes}), {array['dtype']}".removeprefix("; ")]


def _what_score(subject: Subject, row: Mapping) -> list[str]:
    return [f"{subject.variable} in {subject.path} (score of a test)", f"{row['test']}: {row['score']} ({row['text']})",
            row.get("description", "")]


def _origin(subject: Subject) -> dict[str, Any]:
    """What made the variable out of runs."""
    attrs = subject.arrays[subject.variable]["attrs"] if subject.variable else {}
    if subject.kind == "scores" and subject.variable:
        compared = f"{attrs.get('observation_source') or attrs.get('source', '')}"
        params = ", ".join(f"{name}={value!r}" for name, value in attrs.get("params", {}).items())
        return {"made by": f"{attrs['class']}({params})",
                "compared": [text for text in (compared, attrs.get("observation_file") or "") if text],
                "of": "runs " + ", ".join(attrs.get("runs", ()))}
    made = {}
    if "function" in attrs:
        made["made by"] = [f"{attrs['function']}, options {attrs.get('options', '{}')}, sources "
                           f"{attrs.get('quantity_source_digest', 'unknown')}", f"after {attrs.get('source', 'no source')}"]
    if subject.kind == "quantities":
        made["made of"] = f"trajectory with digest {subject.attrs['trajectory_digest'][:16]}"
    digest = subject.attrs.get("digests", {}).get(subject.variable)
    return {**made, **({"digest": digest} if digest else {})}


def _runs(subject: Subject) -> list[str]:
    points = {name: flat(run.get("point", {})) for name, run in subject.runs.items()}
    varied = varying(points.values())
    explored = [f"{run_id}  {_named(point, varied)}".rstrip() for run_id, point in points.items()]
    more = [f"… and {len(explored) - _SHOWN} more (PATH:RUN_ID shows one)"] if len(explored) > _SHOWN else []
    return [*explored[:_SHOWN], *more]


def _named(values: Mapping, only: Container[str]) -> str:
    return ", ".join(f"{name.removeprefix('parameters.')}={value}" for name, value in values.items() if name in only)


def varying(points: Iterable[Mapping]) -> set[str]:
    """Names of flat mappings whose value is not the same in all of them."""
    first, *others = points or [{}]
    return {name for other in others for name in {*first, *other} if first.get(name) != other.get(name)}


def _point(common: Mapping) -> str:
    values = flat(common)
    return _named(values, [name for name in values if not name.startswith("record") and values[name] != {}])


def _code(records: list[Mapping]) -> Iterable[str]:
    states = Counter(_state(record.get("code", {}), role) for record in records for role in ("project", "model")
                     if record.get("code", {}).get(role))
    for state, n in states.most_common():
        yield f"{state}{f' ({n} of {len(records)} runs)' if n < len(records) else ''}"
    codes = [record["code"] for record in records if "code" in record]
    yield from (f"model {name}" for name in dict.fromkeys(code.get("model_name", "?") for code in codes))
    yield f"sources {_several((code.get('source_digest') or 'unknown')[:16] for code in codes)}"


def _state(code: Mapping, role: str) -> str:
    state = code[role]
    if state["sha"] is None:
        return f"{role}: no commit: {state['reason']}"
    place = " of ".join(filter(None, [state["branch"] or "detached", state.get("remote")]))
    text = f"{role}: commit {state['sha']} ({place})"
    if state["dirty"]:
        text += f" with uncommitted changes: {state['n_changed']} files"
        text += f" (diff {state['diff_digest'][:12]})" if state["diff_digest"] else ""
        text += f", {state['n_untracked']} untracked" if state["n_untracked"] else ""
    return text


def _environment(records: list[Mapping], common: Mapping) -> Iterable[str]:
    found = [record["environment"] for record in records if "environment" in record]
    yield _several(f"{e['implementation']} {e['python']}, {e['os']}, {e['cpu']}" for e in found)
    yield f"digest {_several(e['digest'][:16] for e in found)}"
    yield f"lock (envs/constraints.txt) {_several((e['lock_digest'] or 'none')[:16] for e in found)}"
    packages = common.get("environment", {}).get("packages", {})
    if packages:
        yield ", ".join(f"{name} {version}" for name, version in packages.items())


def _when(records: list[Mapping]) -> list[str]:
    processes = [record["process"] for record in records if "process" in record]
    if not processes:
        return []
    hosts = _several(record["host"]["name"] for record in records if "host" in record)
    users = {record.get("host", {}).get("user") for record in records} - {None}
    memory = max(p.get("peak_memory_MB", 0) for p in processes)
    return [f"{min(p['started'] for p in processes)} to {max(p['ended'] for p in processes)} on {hosts}"
            f"{' by ' if users else ''}{', '.join(sorted(users))}",
            f"{sum(p.get('cpu_s', 0) for p in processes):.3g} s of CPU, {f'at most {memory:.0f} MB, ' if memory else ''}"
            f"ranks {_several(str(p['ranks']) for p in processes)}"]


def _several(texts: Iterable[str]) -> str:
    """The texts, each once, with how many there are of each if there are several."""
    counted = Counter(texts)
    if len(counted) <= 1:
        return next(iter(counted), "")
    return "; ".join(f"{text} ({n} runs)" for text, n in counted.most_common(4)) + (" …" if len(counted) > 4 else "")


def flat(tree: Mapping, within: str = "") -> dict[str, Any]:
    """{dotted name: value} of nested mappings."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{within}.{key}" if within else str(key)
        found |= flat(value, name) if isinstance(value, Mapping) and value else {name: value}
    return found
