// The script of redirect.html.

import { broadcastResponseToMainFrame } from "./redirect.js";

// A window that has handed over is closed; one that cannot be shows the same as one that somebody opened by hand.
const show = () => {
  document.body.textContent = "This page completes a sign-in. There is nothing to do here, and you can close it.";
};
broadcastResponseToMainFrame().then(show, show);
