import { describe, expect, test } from 'vitest';
import { parseOperation } from './operation.ts';

test('an operation is a method and the segments of a path, null for a parameter', () => {
  expect(parseOperation('GET /api/messages/{id}')).toEqual({
    method: 'GET',
    path: '/api/messages/{id}',
    segments: ['api', 'messages', null],
  });
  expect(parseOperation('PROPFIND /')).toEqual({ method: 'PROPFIND', path: '/', segments: [''] });
  expect(parseOperation('PUT /a%20b/{x}/')).toEqual({
    method: 'PUT',
    path: '/a%20b/{x}/',
    segments: ['a%20b', null, ''],
  });
});

describe('an operation is refused', () => {
  const refusals: readonly [string, string, RegExp][] = [
    ['without a method', '/api/messages', /is no operation/],
    ['without a path', 'GET', /is no operation/],
    ['with a method in lower case', 'get /a', /is no operation/],
    ['with two blanks', 'GET  /a', /is no operation/],
    ['with a blank before the method', ' GET /a', /is no operation/],
    ['with a blank in the path', 'GET /a b', /is no operation/],
    ['with a path that does not begin with a slash', 'GET a', /is no operation/],
    ['for HEAD, which follows GET', 'HEAD /a', /HEAD follows GET/],
    ['for TRACE', 'TRACE /a', /never served/],
    ['for CONNECT', 'CONNECT /a', /never served/],
    ['with a parameter at the end of a segment', 'GET /a/b{id}', /not a whole segment/],
    ['with a parameter at the beginning of a segment', 'GET /a/{id}b', /not a whole segment/],
    ['with a parameter without a name', 'GET /a/{}', /not a whole segment/],
    ['with a wildcard in a parameter', 'GET /a/{rest*}', /not a whole segment/],
    ['with an empty segment', 'GET /a//b', /no request can have/],
    ['with a dot segment', 'GET /a/../b', /no request can have/],
    ['with a query', 'GET /a?b', /no request can have/],
    ['with an escape in lower case', 'GET /caf%c3%a9', /no request can have/],
    ['with an unescaped letter outside ASCII', 'GET /café', /no request can have/],
  ];
  test.each(refusals)('%s', (_, text, message) => {
    expect(() => parseOperation(text)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringMatching(message) }),
    );
  });
});
