import * as z from 'zod/mini';

// Zod would try `new Function` to be faster, which our Content-Security-Policy reports as an attack. Imported first,
// because schemas decide it when they are made.
z.config({ jitless: true });
