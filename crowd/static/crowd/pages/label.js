// The worker's workbench.

import { json } from "../ui/dom.js";
import { createWorkbench } from "../ui/workbench.js";

createWorkbench(document.getElementById("workbench"), json("workbench-data"));
