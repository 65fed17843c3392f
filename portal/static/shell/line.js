// When the line to the server goes: one quiet band that says so and of when the data are; it leaves by itself.
// Streamlit writes the state of its connection on its own root element; nothing here needs the server.
(() => {
  const isEnglish = () => new URLSearchParams(location.search).get("lang") === "en";
  const two = (number) => String(number).padStart(2, "0");
  const WAIT = 1000; // a line that is back within a second was never away
  const FIRST = 4000; // a page that opens has so long to find its server
  const BEAT = 20000, PATIENCE = 15000; // a dead line that nobody closed is noticed by these
  const opened = Date.now();
  let drawnAt = null, wasRunning = false, lostAt = null, band = null;

  function words() {
    const at = drawnAt && `${two(drawnAt.getHours())}:${two(drawnAt.getMinutes())}`;
    return isEnglish()
      ? "Connection lost, reconnecting…" + (at ? ` Data of ${at}.` : "")
      : "连接中断，正在重连…" + (at ? ` 显示的是 ${at} 的数据` : "");
  }

  function show() {
    if (!band) {
      band = document.createElement("div");
      band.id = "wg-line";
      band.setAttribute("role", "status");
      document.body.append(band);
    }
    // The wall says it in its own head.
    band.hidden = Boolean(document.querySelector(".wg-w-offline"));
    const text = words();
    if (band.textContent !== text) band.textContent = text;
  }

  function look() {
    const app = document.querySelector('[data-testid="stApp"]');
    const isConnected = app?.getAttribute("data-test-connection-state") === "CONNECTED";
    const isRunning = app?.getAttribute("data-test-script-state") !== "notRunning";
    if (isConnected && wasRunning && !isRunning) drawnAt = new Date();
    wasRunning = isRunning;
    if (isConnected) {
      lostAt = null;
      band?.remove();
      band = null;
      return;
    }
    lostAt ??= Date.now();
    const due = Math.max(lostAt + WAIT, opened + FIRST) - Date.now();
    if (due <= 0) show();
    else setTimeout(look, due + 20);
  }

  // Streamlit answers such a message to itself by asking its server, and connects anew when no answer comes.
  function beat(patience) {
    window.postMessage({ stCommVersion: 1, type: "SEND_APP_HEARTBEAT", ackTimeoutMilliseconds: patience }, location.origin);
  }

  addEventListener("DOMContentLoaded", () => {
    const state = { attributeFilter: ["data-test-connection-state", "data-test-script-state"] };
    new MutationObserver(look).observe(document.getElementById("root"), { childList: true, subtree: false });
    new MutationObserver(look).observe(document.getElementById("root"), { ...state, subtree: true });
    setInterval(() => document.visibilityState === "visible" && beat(PATIENCE), BEAT);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && beat(PATIENCE));
    for (const turn of ["offline", "online"]) addEventListener(turn, () => beat(3000));
    look();
  });
})();
