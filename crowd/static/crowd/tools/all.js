// Every shape that can be drawn: one file each, registered by being imported.

import "./box.js";
