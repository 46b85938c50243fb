// A page that lies: what it tells of its media is rewritten on the way out, once window.lie is set.
// It also keeps what it shows and its connections, so that a test can see them.
window.connections = [];
window.shown = [];
window.lie = null;

const Connection = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Connection {
  constructor(...given) {
    super(...given);
    window.connections.push(this);
  }
};

// What is sent of a kind: null where nothing is, else whether it is lit.
window.lit = (kind) =>
  window.connections
    .at(-1)
    ?.getSenders()
    .find((sender) => sender.track?.kind === kind)?.track.enabled ?? null;

const { replaceTrack } = RTCRtpSender.prototype;
RTCRtpSender.prototype.replaceTrack = function (track) {
  return replaceTrack.call(this, window.lie === "invents" ? null : track);
};

let since = 0;

// Says of one kind that the last of it came when this began.
function stops(flow, now) {
  return flow && { ...flow, received: 0, received_ago_ms: Math.round(now - since) };
}

// Sends nothing, and says that the other side reports on all of it.
function invents(flow) {
  if (!flow) return flow;
  return { ...flow, sent: 9000, reported_ago_ms: 50 };
}

const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (data) {
  const found = typeof data === "string" && /^(42\d*)(\["talk:beat",.*)$/s.exec(data);
  if (!found || !window.lie) return send.call(this, data);
  const now = performance.now();
  if (!since) since = now;
  const [event, beat] = JSON.parse(found[2]);
  // A frozen picture is one that stops by itself; who denies everything says so of both.
  const kinds = window.lie === "freezes" ? ["video"] : ["audio", "video"];
  const told = window.lie === "invents" ? invents : stops;
  for (const kind of kinds) beat[kind] = told(beat[kind], now);
  return send.call(this, found[1] + JSON.stringify([event, beat]));
};

setInterval(() => {
  const stage = document.querySelector("talk-stage");
  const veil = stage?.querySelector("[data-part=veil]");
  if (!veil) return;
  const shown = stage.dataset.state + (veil.hidden ? "" : `:${veil.dataset.kind}`);
  if (window.shown.at(-1) !== shown) window.shown.push(shown);
}, 50);
