// XML: the writer of responses (xml_writer.hpp) and the reader of request bodies (xml_node.hpp).
#pragma once

#include "codec/xml_node.hpp"
#include "codec/xml_writer.hpp"
