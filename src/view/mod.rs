//! What the inspector and the timeline show, as plain data.
