"""Checks bills of materials against the schema of CycloneDX, strictly: nothing that it does not know."""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

validator = JsonStrictValidator(SchemaVersion.V1_6)
failed = False
for name in sys.argv[1:]:
    error = validator.validate_str(Path(name).read_text())
    print(f"{name}: {'as the schema says' if error is None else error}")
    failed = failed or error is not None
sys.exit(failed or len(sys.argv) < 2)
