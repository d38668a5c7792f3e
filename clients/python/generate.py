"""Makes `src/outrider_client/generated` anew from `openapi/openapi.json`, by openapi-python-client.

The generator takes no `allOf` over a `oneOf`, which is how the document says "an event is one of these bodies, with a
number and a time", and leaves such schemas out: every plan and every event. So the document is rewritten first, by
rules that know no schema's name but those below:

- `allOf` over `oneOf` becomes `oneOf` of flat objects. Each variant of a union gets a name of its own, the union's and
  the variant's tag: `PlanViewRoute`, `MissionEventReport`.
- Error answers are taken out: every one is a problem document, and the client raises it.
- Of several media types of an answer, or of a body, JSON stays; what is GeoJSON gets a name.
- Left out is what the package has by hand, because its body is no JSON: the streams, the upload of networks, the
  exported log, metrics; or what it has not: Cursor on Target.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "openapi" / "openapi.json"
GENERATED = HERE / "src" / "outrider_client" / "generated"
REFERENCE = "#/components/schemas/"
BY_HAND = {"create_network", "export_log", "get_cot", "get_metrics"}
JSON = "application/json"
GEO_JSON = "application/geo+json"
EVENTS = "text/event-stream"

Schema = dict[str, Any]


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument(
        "--check", action="store_true", help="write nothing; fail if what is there is not up to date"
    )
    arguments.add_argument("--document", type=Path, default=DOCUMENT, help="the OpenAPI document")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "generated"
        generate(json.loads(options.document.read_text(encoding="utf-8")), Path(folder), made)
        if options.check:
            return check(made)
        shutil.rmtree(GENERATED, ignore_errors=True)
        shutil.copytree(made, GENERATED)
    return 0


def generate(document: Schema, folder: Path, made: Path) -> None:
    """Writes the generated package to the folder `made`."""
    (folder / "openapi.json").write_text(json.dumps(rewrite(document)), encoding="utf-8")
    settings = {
        "package_name_override": "generated",
        "literal_enums": True,
        "docstrings_on_attributes": True,
        # The same files on every machine, whatever else is in its PATH.
        "post_hooks": [],
    }
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    command += ["--path", str(folder / "openapi.json"), "--config", str(folder / "settings.json")]
    command += ["--custom-template-path", str(HERE / "templates"), "--output-path", str(made)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for unused in ["client.py", "errors.py", "py.typed"]:
        (made / unused).unlink(missing_ok=True)
    for module in made.rglob("*.py"):
        adapt(module)
    (made / "calls.py").write_text(calls(made), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "--quiet"]
    plain = ["--isolated", "--no-cache", "--line-length", "120", "--target-version", "py310"]
    subprocess.run([*ruff, "check", *plain, "--select", "F401,I,UP", "--fix", "--exit-zero", str(made)], check=True)
    subprocess.run([*ruff, "format", *plain, str(made)], check=True)


def calls(made: Path) -> str:
    """A module with all modules of calls, whatever the document's tags are."""
    modules = sorted(path for path in (made / "api").glob("*/*.py") if path.stem != "__init__")
    lines = [f"from .api.{path.parent.name} import {path.stem}" for path in modules]
    names = "".join(f"    {path.stem!r},\n" for path in sorted(modules, key=lambda path: path.stem))
    return '"""A module for each call."""\n\n' + "\n".join(lines) + f"\n\n__all__ = [\n{names}]\n"


def adapt(module: Path) -> None:
    """Has times read in a way that Python 3.10 can: its own `fromisoformat` knows neither Z nor one digit of a
    second."""
    text = module.read_text(encoding="utf-8")
    adapted = text.replace("datetime.datetime.fromisoformat(", "read_time(")
    if adapted != text:
        depth = len(module.relative_to(module.parents[1]).parts)
        marker = "import datetime\n"
        adapted = adapted.replace(marker, f"{marker}from {'.' * (depth + 1)}times import read_time\n", 1)
        module.write_text(adapted, encoding="utf-8")


def check(made: Path) -> int:
    """Says whether the committed package is what would be generated now."""
    there = {path.relative_to(GENERATED) for path in GENERATED.rglob("*.py")}
    new = {path.relative_to(made) for path in made.rglob("*.py")}
    differing = sorted(there ^ new) + sorted(
        path for path in there & new if not filecmp.cmp(GENERATED / path, made / path, shallow=False)
    )
    if not differing:
        return 0
    print(f"The Python client is not up to date with {DOCUMENT.name}: `make client` mends it.", file=sys.stderr)
    for path in differing[:20]:
        print(f"    {path}", file=sys.stderr)
    return 1


def rewrite(document: Schema) -> Schema:
    """The document as the generator understands it."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    unions = Unions(schemas)
    rewritten = {name: unions.flat(name) for name in schemas}
    rewritten |= unions.variants
    rewritten["GeoJson"] = {
        "type": "object",
        "description": "A GeoJSON object (RFC 7946).",
        "additionalProperties": True,
    }
    paths: dict[str, dict[str, Schema]] = {}
    for path, methods in document["paths"].items():
        kept = {method: operation(of) for method, of in methods.items() if not is_by_hand(of)}
        if kept:
            paths[path] = kept
    needed = reached(paths, rewritten) | reached(rewritten["SnapshotView"], rewritten)
    needed |= {"SnapshotView", "MissionEvent", "Heartbeat", "JointHeartbeat", "ProblemDocument"}
    for name in list(needed):
        needed |= reached(rewritten[name], rewritten)
    components = {"schemas": {name: rewritten[name] for name in sorted(needed)}}
    return {**document, "paths": paths, "components": components, "security": []}


def is_by_hand(of: Schema) -> bool:
    """Whether the package has a call by hand, or none."""
    streams = any(EVENTS in answer.get("content", {}) for answer in of["responses"].values())
    return streams or of["operationId"] in BY_HAND


def operation(of: Schema) -> Schema:
    """The operation with its good answers only, one media type each."""
    answers: dict[str, Schema] = {}
    for status, answer in of["responses"].items():
        if not status.startswith("2"):
            continue
        content = answer.get("content", {})
        if JSON in content:
            content = {JSON: content[JSON]}
        elif GEO_JSON in content:
            content = {GEO_JSON: {"schema": {"$ref": REFERENCE + "GeoJson"}}}
        answers[status] = {"description": answer["description"], **({"content": content} if content else {})}
    # A parameter that chooses the media type of the answer has nothing to choose from any more.
    parameters = [parameter for parameter in of.get("parameters", []) if parameter["name"] != "format"]
    # Who may call it is in the words; the client shows what it has.
    kept = {key: value for key, value in of.items() if key != "security"}
    body = of.get("requestBody", {})
    if JSON in body.get("content", {}):
        kept["requestBody"] = {**body, "content": {JSON: body["content"][JSON]}}
    return {**kept, "responses": answers, "parameters": parameters}


def reached(node: Any, schemas: dict[str, Schema]) -> set[str]:
    """The names of all schemas that are named in a part of the document, or in one of these."""
    found: set[str] = set()
    left = [node]
    while left:
        here = left.pop()
        if isinstance(here, list):
            left.extend(here)
        elif isinstance(here, dict):
            left.extend(here.values())
            name = str(here.get("$ref", "")).removeprefix(REFERENCE)
            if name in schemas and name not in found:
                found.add(name)
                left.append(schemas[name])
    return found


class Unions:
    """The schemas of a document, and what becomes of those that are unions of objects or are put together with
    `allOf`."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.schemas = schemas
        self.variants: dict[str, Schema] = {}

    def flat(self, name: str) -> Schema:
        """The schema without `allOf`; its variants, if it is a union of objects, are put in `variants`."""
        schema = self.schemas[name]
        if "allOf" not in schema and not self.is_union(schema):
            return schema
        flat = self.spread(schema)
        if len(flat) == 1:
            return {**flat[0], "description": schema.get("description", "")}
        references = []
        for variant in flat:
            own = name + "".join(word.title() for word in tag(variant).split("_"))
            if own in self.schemas or own in self.variants:
                raise SystemExit(f"{own} is there already, and is to be a variant of {name}")
            self.variants[own] = {"description": schema.get("description", ""), **variant}
            references.append({"$ref": REFERENCE + own})
        return {"oneOf": references, "description": schema.get("description", "")}

    def is_union(self, schema: Schema) -> bool:
        """Whether it is one of several objects. A reference or null is none."""
        return all("properties" in variant for variant in schema.get("oneOf", [{}]))

    def spread(self, schema: Schema) -> list[Schema]:
        """All flat objects that the schema may be."""
        if "$ref" in schema:
            return self.spread(self.schemas[schema["$ref"].removeprefix(REFERENCE)])
        if "oneOf" in schema:
            return [flat for variant in schema["oneOf"] for flat in self.spread(variant)]
        flats: list[Schema] = [{"type": "object", "properties": {}, "required": []}]
        own = {key: value for key, value in schema.items() if key != "allOf"}
        parts = [self.spread(part) for part in schema.get("allOf", [])] + ([[own]] if "properties" in own else [])
        for part in parts:
            flats = [joined(one, other) for one in flats for other in part]
        return flats


def joined(one: Schema, other: Schema) -> Schema:
    """An object with the members of both."""
    return {
        **one,
        **other,
        "properties": {**one["properties"], **other["properties"]},
        "required": [*one["required"], *other.get("required", [])],
    }


def tag(variant: Schema) -> str:
    """The one value that tells a variant from the others."""
    values = [of["enum"][0] for of in variant["properties"].values() if len(of.get("enum", [])) == 1]
    if len(values) != 1:
        raise SystemExit(f"a variant of a union has no tag, or several: {json.dumps(variant)[:300]}")
    return str(values[0])


if __name__ == "__main__":
    sys.exit(main())
