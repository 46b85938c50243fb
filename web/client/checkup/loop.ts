// Two connections of this page, joined with each other: what comes back has been through the network.

const LONGEST_MS = 15_000;
/** For the answer of a STUN server, once the two are joined. */
const REFLECTED_MS = 5000;
const CHANNEL = "check";

/** Whether a word came back. Where a STUN server was asked and answered nothing, none would from elsewhere. */
export async function loop(ways: RTCConfiguration): Promise<boolean> {
  const ends: [RTCPeerConnection, RTCPeerConnection] = [
    new RTCPeerConnection(ways),
    new RTCPeerConnection(ways),
  ];
  try {
    const reflected = reflection(ends[0]);
    const echoed = echo(ends);
    await join(ends);
    if (!(await within(echoed, LONGEST_MS))) return false;
    const asked = ways.iceServers?.length && ways.iceTransportPolicy !== "relay";
    return !asked || (await within(reflected, REFLECTED_MS)) === true;
  } catch {
    return false;
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
