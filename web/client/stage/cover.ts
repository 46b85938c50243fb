// Opens the stage over its page.

export function cover(stage: HTMLElement): void {
  stage.hidden = false;
  document.body.classList.add("on-stage");
  // What lies under the stage is out of reach, for the keyboard too.
  let branch: Element = stage;
  while (branch.parentElement && branch !== document.body) {
    for (const sibling of branch.parentElement.children)
      if (sibling !== branch && sibling instanceof HTMLElement) sibling.inert = true;
    branch = branch.parentElement;
  }
  stage.tabIndex = -1;
  stage.focus({ preventScroll: true });
  visualViewport?.addEventListener("resize", () => fit(stage));
}

/** A phone's keyboard covers the page without telling its layout. */
function fit(stage: HTMLElement): void {
  const height = visualViewport?.height;
  if (height) stage.style.setProperty("--stage-height", `${Math.round(height)}px`);
}
