// Two connections of this page, joined with each other: what comes back has been through the network.

const LONGEST_MS = 15_000;
/** For the answer of a STUN server, once the two are joined. */
const REFLECTED_MS = 5000;
const CHANNEL = "check";
/** RFC 8656. */
const QUOTA_REACHED = 486;
const NO_CAPACITY = 508;

/**
 * `good`: a word came back. Where a STUN server was asked and answered nothing, none would from
 * elsewhere. `skipped`: the TURN server has no room for a check.
 */
export async function loop(ways: RTCConfiguration): Promise<"good" | "bad" | "skipped"> {
  const ends: [RTCPeerConnection, RTCPeerConnection] = [
    new RTCPeerConnection(ways),
    new RTCPeerConnection(ways),
  ];
  try {
    const reflected = reflection(ends[0]);
    const isFull = fullness(ends);
    const echoed = echo(ends);
    await join(ends);
    if (!(await within(echoed, LONGEST_MS))) return isFull() ? "skipped" : "bad";
    const asked = ways.iceServers?.length && ways.iceTransportPolicy !== "relay";
    return !asked || (await within(reflected, REFLECTED_MS)) ? "good" : "bad";
  } catch {
    return "bad";
  } finally {
    for (const end of ends) end.close();
  }
}

/** Sends a word from one end, which the other sends back; false where the two can't be joined. */
function echo([one, other]: [RTCPeerConnection, RTCPeerConnection]): Promise<boolean> {
  return new Promise((resolve) => {
    const channel = one.createDataChannel(CHANNEL);
    channel.onopen = () => channel.send(CHANNEL);
    channel.onmessage = ({ data }) => resolve(data === CHANNEL);
    other.ondatachannel = ({ channel: back }) => {
      back.onmessage = ({ data }) => back.send(data);
    };
    one.onconnectionstatechange = () => one.connectionState === "failed" && resolve(false);
  });
}

/**
 * Whether a STUN server said from where it was asked. Nobody who has a public address themselves is
 * told so in a candidate of its own: only an error tells that nothing came back.
 */
function reflection(end: RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    let failed = false;
    end.onicecandidateerror = () => {
      failed = true;
    };
    end.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.type === "srflx") resolve(true);
      else if (!candidate) resolve(!failed);
    });
  });
}

/** Whether the TURN server refused an end for want of room. */
function fullness(ends: RTCPeerConnection[]): () => boolean {
  let full = false;
  for (const end of ends)
    end.addEventListener("icecandidateerror", ({ errorCode }) => {
      full ||= errorCode === QUOTA_REACHED || errorCode === NO_CAPACITY;
    });
  return () => full;
}

async function join([one, other]: [RTCPeerConnection, RTCPeerConnection]): Promise<void> {
  let described = () => {};
  const ready = new Promise<void>((then) => {
    described = then;
  });
  const pass = (from: RTCPeerConnection, to: RTCPeerConnection) =>
    from.addEventListener("icecandidate", ({ candidate }) => {
      // One that the other end can't read stops none of the others.
      if (candidate) void ready.then(() => to.addIceCandidate(candidate)).catch(() => {});
    });
  pass(one, other);
  pass(other, one);
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription as RTCSessionDescription);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription as RTCSessionDescription);
  described();
}

/** What a promise comes to, or null after so long. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  return Promise.race([
    promise,
    new Promise<null>((resolve) => setTimeout(() => resolve(null), ms)),
  ]);
}
