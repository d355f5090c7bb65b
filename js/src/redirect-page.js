// The script of redirect.html.

import { broadcastResponseToMainFrame } from "./redirect.js";

// A window that has handed over is closed; one that cannot be shows, a moment later, the same as one that somebody
// opened by hand: at once it would be in the way of the page that waits, in whose thread it is laid out.
const show = () => {
  document.body.textContent = "This page completes a sign-in. There is nothing to do here, and you can close it.";
};
broadcastResponseToMainFrame().then(() => setTimeout(show, 200), show);
