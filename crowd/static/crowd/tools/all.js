// Every shape that can be drawn: one file each, registered by being imported.

import "./box.js";
import "./brush.js";
import "./bucket.js";
import "./cuboid.js";
import "./ellipse.js";
import "./eraser.js";
import "./fill.js";
import "./keypoints.js";
import "./point.js";
import "./polygon.js";
import "./polyline.js";
import "./rotated-box.js";
import "./smart.js";
