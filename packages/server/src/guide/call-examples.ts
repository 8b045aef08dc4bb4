import type { Json } from '@keyhold/core';
import type { Block } from './guide-document.ts';
import { credentialValue, type GuideSource, headerNameOf, UNKNOWN_ADDRESS } from './guide-source.ts';
import { toReadableJson } from './readable-json.ts';

/** The guide's call, in every language, ready to run once the variable is set. */
export function toCallExamples(source: GuideSource): readonly Block[] {
  const call = toCall(source);
  return [
    { kind: 'code', language: 'sh', label: 'curl', text: toCurl(call) },
    { kind: 'code', language: 'python', label: 'Python, with httpx', text: toPython(call) },
    { kind: 'code', language: 'javascript', label: 'JavaScript', text: toJavaScript(call) },
    { kind: 'code', language: 'go', label: 'Go', text: toGo(call) },
  ];
}

interface Call {
  readonly method: string;
  /** Without a slash at the end. */
  readonly address: string;
  readonly path: string;
  readonly body: Json | null;
  readonly variable: string;
  readonly header: string;
  /** What stands before the key in the header: `Bearer ` or nothing. */
  readonly before: string;
}

function toCall(source: GuideSource): Call {
  const { guide, address } = source;
  return {
    ...guide.example,
    address: address ?? UNKNOWN_ADDRESS,
    variable: guide.variable,
    header: headerNameOf(source),
    before: credentialValue(source, ''),
  };
}

function toCurl({ method, address, path, body, variable, header, before }: Call): string {
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${toShellWord(address + path)}`,
    `-H "${header}: ${escapeDollars(before)}$${variable}"`,
  ];
  if (body !== null) {
    const json = toReadableJson(body).replaceAll('\n', '\n  ');
    lines.push('-H "Content-Type: application/json"', `-d ${quoteForShell(json)}`);
  }
  return lines.join(' \\\n  ');
}

function toPython({ method, address, path, body, variable, header, before }: Call): string {
  const args = [JSON.stringify(path), ...(body === null ? [] : [`json=${toPythonLiteral(body)}`])];
  const verb = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method) ? method.toLowerCase() : null;
  const call = verb === null ? `request(${JSON.stringify(method)}, ` : `${verb}(`;
  return `import os

import httpx

client = httpx.Client(
    base_url=${JSON.stringify(address)},
    headers={${JSON.stringify(header)}: f"${before}{os.environ['${variable}']}"},
)
response = client.${call}${args.join(', ')})
response.raise_for_status()
print(response.text)`;
}

function toJavaScript({ method, address, path, body, variable, header, before }: Call): string {
  const key = `\`${escapeDollars(before)}\${process.env.${variable}}\``;
  const name = /^\w+$/.test(header) ? header : JSON.stringify(header);
  const headers = [`${name}: ${key}`, ...(body === null ? [] : ['"Content-Type": "application/json"'])];
  const options = [
    ...(method === 'GET' ? [] : [`method: ${JSON.stringify(method)}`]),
    `headers: { ${headers.join(', ')} }`,
    ...(body === null ? [] : [`body: JSON.stringify(${toReadableJson(body).replaceAll('\n', '\n  ')})`]),
  ];
  return `const response = await fetch(${JSON.stringify(address + path)}, {
${options.map((option) => `  ${option},`).join('\n')}
});
if (!response.ok) throw new Error(\`\${response.status} \${await response.text()}\`);
console.log(await response.text());`;
}

function toGo({ method, address, path, body, variable, header, before }: Call): string {
  const json = body === null ? null : JSON.stringify(body);
  const imports = ['fmt', 'io', 'log', 'net/http', 'os', ...(json === null ? [] : ['strings'])];
  const reader = json === null ? 'nil' : `strings.NewReader(${toGoString(json)})`;
  const value = before === '' ? '' : `${JSON.stringify(before)}+`;
  const contentType = json === null ? '' : '\n\trequest.Header.Set("Content-Type", "application/json")';
  return `package main

import (
${imports.map((name) => `\t"${name}"`).join('\n')}
)

func main() {
	request, err := http.NewRequest(${JSON.stringify(method)}, ${JSON.stringify(address + path)}, ${reader})
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set(${JSON.stringify(header)}, ${value}os.Getenv("${variable}"))${contentType}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	if response.StatusCode >= 400 {
		log.Fatal(response.Status, " ", string(body))
	}
	fmt.Println(string(body))
}`;
}

/** A URL is left bare where no shell sees anything in it. */
function toShellWord(url: string): string {
  return /^[\w./:@%+,~-]+$/.test(url) ? url : quoteForShell(url);
}

/** For where a `$` or a backquote would begin something: a scheme's name may have them. */
function escapeDollars(text: string): string {
  return text.replaceAll(/[$`]/g, String.raw`\$&`);
}

/** For a POSIX shell. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Python reads JSON's strings and numbers as they are. */
function toPythonLiteral(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toPythonLiteral).join(', ')}]`;
  const fields = Object.entries(value).map(
    ([name, field]) => `${JSON.stringify(name)}: ${toPythonLiteral(field)}`,
  );
  return `{${fields.join(', ')}}`;
}

/** A raw string shows JSON best; a backquote cannot stand in one. */
function toGoString(text: string): string {
  return text.includes('`') ? JSON.stringify(text) : `\`${text}\``;
}
