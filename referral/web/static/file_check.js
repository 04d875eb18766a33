// Says of chosen files that they are too large or too many before any of it is sent. The server checks all the same.

const MEGABYTE = 1024 * 1024;

function filled(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function problem(input) {
  const files = [...input.files];
  const { mostBytes, mostFiles, tooLarge, tooMany } = input.dataset;
  const large = files.find((file) => file.size > Number(mostBytes));
  if (large) {
    const size = Math.ceil(large.size / MEGABYTE);
    return filled(tooLarge, { name: large.name, size, most: Math.floor(Number(mostBytes) / MEGABYTE) });
  }
  return files.length > Number(mostFiles) ? filled(tooMany, { count: files.length, most: mostFiles }) : "";
}

function watch(input) {
  const told = document.createElement("p");
  told.className = "wrong";
  told.setAttribute("role", "alert");
  input.after(told);
  input.addEventListener("change", () => {
    told.textContent = problem(input);
    input.setCustomValidity(told.textContent);
  });
}

document.querySelectorAll("input[type=file][data-most-bytes]").forEach(watch);
