// Elements, and the patching of one tree into another. Text is only ever set as text; no HTML is parsed.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "open", "indeterminate"]);

/** An HTML element: `h("button", {class: "primary", onclick: save}, "Save")`. */
export const h = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = (tag, attributes, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false && child !== "") element.append(String(child));
  }
}

function set(element, name, value) {
  if (name.startsWith("on")) {
    listen(element, name.slice(2), value);
  } else if (name === "style") {
    for (const [property, text] of Object.entries(value)) element.style.setProperty(property, String(text));
  } else if (PROPERTIES.has(name)) {
    element[name] = value;
    (element.__properties ??= {})[name] = value;
  } else if (value === true) {
    element.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, String(value));
  }
}

function listen(element, type, handler) {
  if (!handler) return;
  element.__handlers ??= {};
  if (!(type in element.__handlers)) element.addEventListener(type, dispatch);
  element.__handlers[type] = handler;
}

function dispatch(event) {
  return event.currentTarget.__handlers[event.type]?.call(event.currentTarget, event);
}

/** Make the children of `parent` like `children`, keeping elements, focus and scroll positions. */
export function patch(parent, ...children) {
  const fresh = document.createDocumentFragment();
  add(fresh, children);
  patchChildren(parent, fresh);
}

function keyOf(node) {
  return node.nodeType === 1 ? node.getAttribute("data-key") : null;
}

function patchChildren(parent, fresh) {
  const keyed = new Map();
  for (const child of parent.childNodes) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  let place = parent.firstChild;
  for (const next of [...fresh.childNodes]) {
    const key = keyOf(next);
    const old = key === null ? unkeyed(place) : keyed.get(key);
    if (old && alike(old, next)) {
      if (old !== place) parent.insertBefore(old, place);
      else place = place.nextSibling;
      patchNode(old, next);
    } else {
      parent.insertBefore(next, place);
    }
  }
  while (place) {
    const following = place.nextSibling;
    place.remove();
    place = following;
  }
}

function unkeyed(node) {
  return node && keyOf(node) === null ? node : null;
}

function alike(old, next) {
  return old.nodeType === next.nodeType && old.nodeName === next.nodeName;
}

function patchNode(old, next) {
  if (old.nodeType !== 1) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  if (old.hasAttribute("data-keep")) return; // it is being dragged
  patchAttributes(old, next);
  patchHandlers(old, next);
  patchChildren(old, next);
  patchProperties(old, next);
}

function patchAttributes(old, next) {
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) {
    // A serialised style attribute is inline style to the content security policy; CSSOM is not.
    if (name === "style") {
      if (old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
    } else if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
}

function patchHandlers(old, next) {
  for (const type of Object.keys(old.__handlers ?? {})) {
    if (!next.__handlers?.[type]) old.__handlers[type] = undefined;
  }
  for (const [type, handler] of Object.entries(next.__handlers ?? {})) listen(old, type, handler);
}

function patchProperties(old, next) {
  for (const [name, value] of Object.entries(next.__properties ?? {})) {
    // A value being typed is kept until the view's own value changes.
    const own = old.__properties?.[name];
    if (own !== value || (name !== "value" && old[name] !== value)) old[name] = value;
    (old.__properties ??= {})[name] = value;
  }
}
