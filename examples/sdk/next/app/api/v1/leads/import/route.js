import { protect } from '../../../../../keyhold.js';

export const POST = protect(async (request) =>
  Response.json({ imported: (await request.text()).trim().split('\n').length }),
);
