// The reviewer's desk.

import { json } from "../ui/dom.js";
import { createDesk } from "../ui/desk.js";

createDesk(document.getElementById("desk"), json("desk-data"));
