// What is said of a file beside its bytes: the ticks and fields of the drop zone.

const TICKS = ["preview", "deactivate_missing", "all_or_nothing"];
const WORDS = ["mode", "source", "mapping"];

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

// What does not go together, before the whole file is sent for nothing.
export function problemOf({ source, deactivate_missing: isToSwitchOff }) {
  if (!isToSwitchOff || source) return "";
  return "Name the source under “More options”: what is missing is switched off only among the products that it brought before.";
}
