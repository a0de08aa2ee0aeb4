// Prints what signatures.py gives under Pyodide, as JSON. Usage: node pyodide_signatures.mjs PROJECT
import { loadPyodide } from "pyodide";

const pyodide = await loadPyodide({ env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" } });
pyodide.mountNodeFS("/project", process.argv[2]);
console.log(
  pyodide.runPython(`
import json, platform, sys
sys.path.insert(0, "/project")
from tests.interop.signatures import signatures
json.dumps({"machine": platform.machine(), "python": platform.python_version(), "signatures": signatures()})
`),
);
