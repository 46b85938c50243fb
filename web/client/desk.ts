// The staff's side by keys. Every key does what a link or a button of the page does; without this
// file the page works all the same.
import "./desk/keys.ts";
import "./desk/undo.ts";
