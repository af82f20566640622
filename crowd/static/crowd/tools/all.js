// Every shape that can be drawn: one file each, registered by being imported.

import "./box.js";
import "./cuboid.js";
import "./ellipse.js";
import "./keypoints.js";
import "./point.js";
import "./polygon.js";
import "./polyline.js";
import "./rotated-box.js";
