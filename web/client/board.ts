// A topic's page: who asked has read its answers once they look at it.
export {};

const csrf = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";
const answers = document.getElementById("answers");
let told = false;

function markRead(): void {
  const topic = answers?.dataset.topic;
  if (!topic || told || document.hidden) return;
  told = true;
  const headers = { Accept: "application/json" };
  const body = new URLSearchParams({ csrf });
  void fetch(`/board/${topic}/read`, { method: "POST", headers, body }).catch(() => {
    // The next look tells it.
    told = false;
  });
}

document.addEventListener("visibilitychange", markRead);
markRead();
