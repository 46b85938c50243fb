"""When something went wrong or ends: claims, reports, blocks, sanctions, withdrawal."""
