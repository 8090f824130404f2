"""Run the public validator of RO-Crates (roc-validator) on a folder, without a network: `python validate.py FOLDER PROFILE`.

Prints a line for each requirement that is not met (REQUIRED and RECOMMENDED) and ends with 1 if a REQUIRED one is not.
The two JSON-LD contexts that crates name come from files beside this one.
"""

import gzip
import io
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
CONTEXTS = {"https://w3id.org/ro/crate/1.1/context": "ro-crate-1.1.jsonld.gz",
            "https://w3id.org/ro/terms/workflow-run/context": "workflow-run.jsonld.gz"}


def context(url):
    """Bytes of a context; an error of the network for anything else."""
    name = CONTEXTS.get(str(url).split("?")[0])
    if name is None:
        raise OSError(f"no network: {url}")
    return gzip.decompress((HERE / name).read_bytes())


class Answer(io.BytesIO):
    """What urlopen gives."""

    def __init__(self, url):
        super().__init__(context(url))
        self.url, self.status, self.code = str(url), 200, 200
        self.headers = __import__("email.message").message.Message()
        self.headers["Content-Type"] = "application/ld+json"

    def geturl(self):
        return self.url

    def info(self):
        return self.headers


def main(folder, profile):
    import requests

    def get(self, method, url, **_):
        answer = requests.Response()
        answer.status_code, answer.url, answer._content = 200, url, context(url)
        answer.headers["Content-Type"] = "application/ld+json"
        return answer

    requests.Session.request = get

    def opened(request, *_, **__):
        return Answer(getattr(request, "full_url", request))

    urllib.request.urlopen = opened
    import rdflib.parser
    import rdflib.plugins.shared.jsonld.util as jsonld
    for module in (rdflib.parser, jsonld, sys.modules.get("rdflib._networking")):
        for name in ("urlopen", "_urlopen"):
            if hasattr(module, name):
                setattr(module, name, opened)
    from rocrate_validator import models, services

    settings = services.ValidationSettings(rocrate_uri=folder, profile_identifier=profile, enable_profile_inheritance=True,
                                           requirement_severity=models.Severity.RECOMMENDED)
    result = services.validate(settings)
    failed = False
    for issue in result.get_issues():
        required = issue.severity >= models.Severity.REQUIRED
        failed |= required
        print(f"{issue.severity.name} {issue.check.identifier}: {issue.message} [{issue.violatingEntity}]")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
