// What is said of a file beside its bytes: the ticks and fields of the drop zone.

const TICKS = ["preview", "deactivate_missing", "all_or_nothing"];
const WORDS = ["mode", "source", "mapping"];
const USUAL_MODE = "upsert";
const MODES = { create: "only create", update: "only update" };

// What differs from the usual, by the names of the API.
export function optionsOf(zone) {
  const options = {};
  for (const name of TICKS) if (zone.elements[name].checked) options[name] = true;
  for (const name of WORDS) {
    const value = zone.elements[name]?.value.trim();
    if (value) options[name] = value;
  }
  return options;
}

// What counts for an upload that goes on: all that was said at its beginning, and what is said anew.
export function together(kept, said) {
  const mode = said.mode === USUAL_MODE ? (kept.mode ?? said.mode) : said.mode;
  return { ...kept, ...said, ...(mode && { mode }) };
}

// Fills the fields of the drop zone in, as they were when these options were said.
export function show(zone, options) {
  for (const name of TICKS) zone.elements[name].checked = options[name] === true;
  for (const name of WORDS) {
    const element = zone.elements[name];
    if (element) element.value = options[name] ?? (name === "mode" ? USUAL_MODE : "");
  }
  if (wordsOf(options)) zone.querySelector("#upload-options").open = true;
}

// In words, for a person who may have forgotten what was said.
export function wordsOf(options) {
  const { mode, mapping, source } = options;
  const words = [
    options.preview && "shown first",
    MODES[mode],
    mapping && `read as ${mapping}`,
    source && `source ${source}`,
    options.deactivate_missing && "what is missing is switched off",
    options.all_or_nothing && "all or nothing",
  ];
  return words.filter(Boolean).join(", ");
}

// What does not go together, before the whole file is sent for nothing.
export function problemOf({ source, deactivate_missing: isToSwitchOff }) {
  if (!isToSwitchOff || source) return "";
  return "Name the source under “More options”: what is missing is switched off only among the products that it brought before.";
}
