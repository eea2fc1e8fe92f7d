// Notices of the desktop, shown only while the agent looks elsewhere; the choice is this browser's.
const KEY = "baton:notices";

export const notices = {
  possible: () => "Notification" in window && window.isSecureContext,
  on: () => notices.possible() && Notification.permission === "granted" && localStorage.getItem(KEY) === "on",
  /** Turn them on (the browser asks once) or off; gives what they are then. */
  async turn(wanted) {
    if (wanted && Notification.permission !== "granted") await Notification.requestPermission();
    localStorage.setItem(KEY, wanted ? "on" : "off");
    return notices.on();
  },
  show(title, body, opened) {
    if (!document.hidden || !notices.on()) return;
    const notice = new Notification(title, { body: body.slice(0, 120), tag: title });
    notice.onclick = () => {
      window.focus();
      opened();
      notice.close();
    };
  },
};
