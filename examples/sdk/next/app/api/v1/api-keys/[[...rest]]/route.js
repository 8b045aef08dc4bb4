import { protect } from '../../../../../keyhold.js';

// Self-service answers everything here.
const handle = protect(() => new Response(null, { status: 404 }));

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
