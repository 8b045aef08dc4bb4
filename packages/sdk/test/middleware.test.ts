import { testMiddleware } from './_conformance.ts';
import { FRAMEWORKS, reasonToLeaveOut } from './_frameworks.ts';
import { SUBJECTS } from './_subjects.ts';

for (const subject of SUBJECTS) testMiddleware(subject, null);

const missing = reasonToLeaveOut();
for (const subject of FRAMEWORKS) testMiddleware(subject, missing);
