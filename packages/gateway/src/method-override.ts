/**
 * Takes the parameter `_method` out of a query: frameworks that honour it (Rails, Laravel, Symfony) would carry out
 * another method than the one that was checked. Every spelling that PHP reads as that name goes with it. A query without
 * one comes back as it is.
 */
export function withoutMethodOverride(query: string): string {
  if (!query.includes('method') && !query.includes('%')) return query;
  const parameters = query.split('&');
  const kept = parameters.filter((parameter) => !isMethodOverride(parameter));
  return kept.length === parameters.length ? query : kept.join('&');
}

function isMethodOverride(parameter: string): boolean {
  const end = parameter.search(/[=;]/);
  const name = decode(end === -1 ? parameter : parameter.slice(0, end));
  return /^ *[_. [+]method(?:$|[[\0])/.test(name);
}

/** Percent-decoding that leaves what is not UTF-8 as it stands; only ASCII matters here. */
function decode(text: string): string {
  return text.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
