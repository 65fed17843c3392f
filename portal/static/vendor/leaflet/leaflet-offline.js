// Leaflet guesses the folder of its icons from its style sheet, which is added without waiting; say it instead.
// The prefix of the attribution shows a flag, which no map of ours bears.
L.Icon.Default.imagePath = new URL("images/", document.currentScript.src).href;
L.Control.Attribution.prototype.options.prefix = false;
