// The fields of a form as somebody filled them in. Passwords, codes, cards and files are never read.
import type { Field, Typed } from "./kept.ts";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const TYPED = new Set([
  "text",
  "email",
  "number",
  "search",
  "tel",
  "url",
  "date",
  "time",
  "datetime-local",
  "month",
  "week",
]);
const CHOSEN = new Set(["checkbox", "radio"]);
const SECRET = /password|one-time-code|cc-/;

/** The forms of a page that are kept: those that change something, but not those for signing in. */
export function keptForms(): HTMLFormElement[] {
  return [...document.querySelectorAll<HTMLFormElement>("form[method=post]:not([data-unkept])")];
}

export function actionOf(form: HTMLFormElement): string {
  return new URL(form.getAttribute("action") ?? "", location.href).pathname;
}

/** What a press keeps: the form that was pressed, and those beside it in which something was typed. */
export function typedAround(pressed: HTMLFormElement): Typed[] {
  const seen = new Map<string, number>();
  const found: Typed[] = [];
  for (const form of keptForms()) {
    const action = actionOf(form);
    const nth = seen.get(action) ?? 0;
    seen.set(action, nth + 1);
    const controls = controlsOf(form);
    const sent = form === pressed;
    if (controls.length > 0 && (sent || controls.some(changed)))
      found.push({ action, nth, sent, fields: controls.map(fieldOf) });
  }
  return found;
}

/** Writes what was typed into its form again, and opens what hides it. */
export function fillIn(typed: Typed): boolean {
  const form = keptForms().filter((one) => actionOf(one) === typed.action)[typed.nth];
  if (!form) return false;
  for (const control of controlsOf(form)) {
    const field = typed.fields.find((one) => isOf(one, control));
    if (field) write(control, field);
  }
  for (let at = form.parentElement; at; at = at.parentElement)
    if (at instanceof HTMLDetailsElement) at.open = true;
  return true;
}

function controlsOf(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(isKept);
}

function isKept(element: Element): element is Control {
  if (element instanceof HTMLInputElement && !TYPED.has(element.type) && !CHOSEN.has(element.type))
    return false;
  const known =
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement;
  return known && element.name !== "" && !SECRET.test(`${element.name} ${element.autocomplete}`);
}

function isChosen(control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && CHOSEN.has(control.type);
}

function isOf(field: Field, control: Control): boolean {
  if (field.name !== control.name) return false;
  return !isChosen(control) || field.value === control.value;
}

function fieldOf(control: Control): Field {
  const { name, value } = control;
  return isChosen(control) ? { name, value, on: control.checked } : { name, value };
}

function changed(control: Control): boolean {
  if (isChosen(control)) return control.checked !== control.defaultChecked;
  if (control instanceof HTMLSelectElement)
    return [...control.options].some((option) => option.selected && !option.defaultSelected);
  return control.value !== control.defaultValue;
}

function write(control: Control, field: Field): void {
  if (isChosen(control)) control.checked = field.on === true;
  else if (control instanceof HTMLSelectElement) choose(control, field.value);
  else control.value = field.value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

/** What is no longer offered stays as the page chose it. */
function choose(list: HTMLSelectElement, value: string): void {
  if ([...list.options].some((option) => option.value === value)) list.value = value;
}
