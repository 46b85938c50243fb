// Runs before a page's own code and notes in window.marks when what happened for the first time,
// in ms of the clock that both windows share. It changes nothing of what the page does.
const marks = {};
window.marks = marks;

function mark(name) {
  marks[name] ??= performance.timeOrigin + performance.now();
}

addEventListener(
  "click",
  (event) => event.target.closest?.("[data-part=enter]") && mark("pressed"),
  true,
);

const { fetch } = window;
window.fetch = async (...request) => {
  const answer = await fetch(...request);
  if (!answer.url.endsWith("/entry")) return answer;
  mark("answered");
  if ((await answer.clone().json()).seat) mark("joined");
  return answer;
};

// Socket.IO's packets: 42["event",…], 42<id>["event",…] sent, 43<id>[answer] received.
const asked = new Map();

function sent(text) {
  const found = /^42(\d+)(\[.*)$/s.exec(text);
  if (!found) return;
  const [event, payload] = JSON.parse(found[2]);
  if (event === "talk:join") mark("asked");
  asked.set(found[1], event);
  if (event === "talk:beat" && (payload.audio?.received || payload.video?.received)) mark("beat");
}

function received(text) {
  if (text.startsWith('42["talk:entered"')) mark("entered");
  const found = /^43(\d+)(\[.*)$/s.exec(text);
  if (!found) return;
  const [answer] = JSON.parse(found[2]);
  if (asked.get(found[1]) === "talk:join" && answer.ok) mark("joined");
  if (answer.meter?.state === "talking") mark("talking");
}

const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (data) {
  if (typeof data === "string") sent(data);
  return send.call(this, data);
};

window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => typeof data === "string" && received(data));
  }
};

window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    this.addEventListener(
      "connectionstatechange",
      () => this.connectionState === "connected" && mark("connected"),
    );
  }
};

// Until a talk is lit, black is sent: the first frame that isn't shows the other's face.
function light(video) {
  const canvas = new OffscreenCanvas(4, 4).getContext("2d", { willReadFrequently: true });
  const look = () => {
    canvas.drawImage(video, 0, 0, 4, 4);
    const { data } = canvas.getImageData(0, 0, 4, 4);
    if (!video.hidden && data.some((value, at) => at % 4 < 3 && value > 40)) mark("lit");
    else video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}

// The other's video: decoded while it is still hidden, seen with the first frame after that.
addEventListener("DOMContentLoaded", () => {
  const video = document.querySelector("[data-part=remote]");
  if (!video) return;
  light(video);
  video.addEventListener("loadeddata", () => video.videoWidth > 0 && mark("decoded"));
  video.addEventListener("resize", () => video.videoWidth > 0 && mark("decoded"));
  const seen = () => (video.hidden ? false : requestAnimationFrame(() => mark("seen")));
  new MutationObserver(seen).observe(video, { attributeFilter: ["hidden"] });
  // Before the meter runs the picture lies under a veil.
  const veil = document.querySelector("[data-part=veil]");
  const open = () => (veil.hidden ? requestAnimationFrame(() => mark("open")) : false);
  new MutationObserver(open).observe(veil, { attributeFilter: ["hidden"] });
});
