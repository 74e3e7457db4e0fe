/**
 * Names of files: relative to the file that names them, as python-heatclient resolves them, and joined as texts. Pure; nothing is read.
 *
 * A goal's files are known by the joined name. Clients that send files under the very name that stands in the template (Heat's API) are
 * understood too: where nothing is known by the joined name, the name itself is looked up.
 */

export type Files = { readonly [name: string]: string };

/** Whether a type's name is that of a template rather than of a registered type. */
export function isTemplateName(name: string): boolean {
  return /\.(?:yaml|template)$/.test(name) || /^(?:https?|file):\/\//.test(name);
}

/** Whether a text looks like a template: what `get_file` gives may be one, for OS::Heat::Stack. */
export function isTemplateText(text: string): boolean {
  return /^[\s{]*["']?(?:heat_template_version|(?:Heat|AWS)TemplateFormatVersion)["']?\s*:/m.test(text);
}

/** The name that `name` stands for in the file called `namer`. */
export function joinName(namer: string, name: string): string {
  if (isUrl(name) || name.startsWith('/')) return name;
  if (isUrl(namer)) return URL.parse(name, namer)?.href ?? name;
  const slash = namer.lastIndexOf('/');
  return plainPath(slash === -1 ? name : `${namer.slice(0, slash)}/${name}`);
}

/** The key of the file among those that were given; undefined when it was not. */
export function findFileKey(files: Files, namer: string, name: string): string | undefined {
  return [joinName(namer, name), name].find((key) => Object.hasOwn(files, key));
}

function isUrl(name: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(name);
}

/** Without `.` and `..`, as far as they can be taken away. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
